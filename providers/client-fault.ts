import type { ProviderFailure } from './errors.js';

/** What OpenAI and those who speak its protocol call a missing model, as `code` or `type` of an error. */
const MODEL_CODES = new Set(['model_not_found', 'model_not_available', 'invalid_model']);
/** LiteLLM without a database knows one key; any other is looked for there. */
const KEY_CODES = new Set(['invalid_api_key', 'no_db_connection']);

/** What proxies put before the message of the server behind them. */
const BEFORE = String.raw`^(?:[\w/.]+: |\w+Exception - |\{'error': '|error code: \d{3} - ){0,4}`;
const NAME = String.raw`[\x60'"]?(?<name>[^\s\x60'"]+)[\x60'"]?`;
const pattern = (saying: string) => new RegExp(BEFORE + saying, 'iu');

/** OpenAI, vLLM, Ollama and MLServer; Triton; LiteLLM; Mistral; OpenRouter; OpenAI. */
const MODEL_SAYINGS = [
  String.raw`(?:(?:the|that) )?(?:requested )?model ${NAME} (?:does not exist|(?:is )?not found)`,
  String.raw`request for unknown model: ${NAME}`,
  String.raw`invalid model name passed in(?: model=(?<name>[^\s'"]+?)(?=\.?(?:[\s'"]|$)))?`,
  String.raw`invalid model: ${NAME}`,
  String.raw`${NAME} is not a valid model id`,
  String.raw`invalid model id$`,
].map(pattern);
/** OpenAI and xAI; Google. */
const KEY_SAYINGS = [
  String.raw`(?:incorrect|invalid) api key\b`,
  String.raw`api key not valid\b`,
].map(pattern);

/**
 * What to mend where a 400 or 404 blames what all rows send alike, the model's name or the key; undefined otherwise.
 *
 * Codes, or words at the start of the message: further on it may repeat the row's text.
 */
export function findClientFault(
  { provider }: Pick<ProviderFailure, 'provider'>,
  { status, answer }: { status: number; answer: string },
): string | undefined {
  if (status !== 400 && status !== 404) return undefined;
  const fault = readFault(answer);
  if (fault === undefined) return undefined;
  const model = MODEL_SAYINGS.map((saying) => saying.exec(fault.message)).find(Boolean);
  if (model || fault.codes.some((code) => MODEL_CODES.has(code))) {
    const name = model?.groups?.['name'];
    const field = `providers.${provider}.${provider === 'scores' ? 'models' : 'model'}`;
    return `the server has ${name === undefined ? 'no such model' : `no model \`${name}\``}: change ${field} of the recipe`;
  }
  const isKey =
    KEY_SAYINGS.some((saying) => saying.test(fault.message)) ||
    fault.codes.some((code) => KEY_CODES.has(code));
  return isKey ? 'the server does not know the API key: check it' : undefined;
}

/** Message and codes of an error: under `error` or at the top, the message a text or once more in an `error`. */
function readFault(answer: string): { message: string; codes: string[] } | undefined {
  const parsed = parse(answer);
  const body = objectOf(Array.isArray(parsed) ? parsed[0] : parsed);
  if (body === undefined) return undefined;
  const fault = objectOf(body['error']) ?? body;
  const said = fault['message'] ?? fault['error'] ?? fault['detail'];
  const message = objectOf(said)?.['error'] ?? said;
  const codes = [fault['code'], fault['type']].filter((code) => typeof code === 'string');
  return { message: typeof message === 'string' ? message.trim() : '', codes };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}

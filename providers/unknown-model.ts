import type { ProviderFailure } from './errors.js';

/** What OpenAI and those who speak its protocol call the fault, as `code` or `type` of an error. */
const CODES = new Set(['model_not_found', 'model_not_available', 'invalid_model']);

/**
 * How servers say that they do not have a model: OpenAI, vLLM, Ollama, MLServer and Triton; LiteLLM; OpenRouter; Mistral.
 *
 * They are looked for at the start of a message, after what proxies put there: a message may repeat the row's text.
 */
const BEFORE = String.raw`^(?:[\w/.]+: (?:\w+ - |\{'error': ')?|error code: \d{3} - )?`;
const NAME = String.raw`[\x60'"]?(?<name>[^\s\x60'"]+)[\x60'"]?`;
const SAYINGS = [
  String.raw`(?:(?:the|that) )?(?:requested )?model(?: with name)? ${NAME} (?:does not exist|(?:is |was )?not found)`,
  String.raw`request for unknown model: ${NAME}`,
  String.raw`invalid model name passed in(?: model=(?<name>[^\s'"]+?)(?=\.?(?:[\s'"]|$)))?`,
  String.raw`invalid model: ${NAME}`,
  String.raw`${NAME} is not a valid model id`,
  String.raw`invalid model id$`,
].map((saying) => new RegExp(BEFORE + saying, 'iu'));

/** The recipe's field that names the model a provider does not have. */
export interface UnknownModel {
  field: string;
  /** As the answer repeats it. */
  name?: string;
}

/** What a server of status 400 or 404 says about the model it was asked for, or undefined if it blames something else. */
export function findUnknownModel(
  { provider }: Pick<ProviderFailure, 'provider'>,
  { status, answer }: { status: number; answer: string },
): UnknownModel | undefined {
  if (status !== 400 && status !== 404) return undefined;
  const fault = readFault(answer);
  if (fault === undefined) return undefined;
  const said = SAYINGS.map((saying) => saying.exec(fault.message)).find((found) => found !== null);
  if (!said && !fault.codes.some((code) => CODES.has(code))) return undefined;
  const field = `providers.${provider}.${provider === 'scores' ? 'models' : 'model'}`;
  const name = said?.groups?.['name'];
  return name === undefined ? { field } : { field, name };
}

/** Message and codes of an error: under `error` or at the top, the message a text or once more in an `error`. */
function readFault(answer: string): { message: string; codes: string[] } | undefined {
  const body = objectOf(parse(answer));
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

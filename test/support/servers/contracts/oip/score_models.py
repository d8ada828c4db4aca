from mlserver import MLModel
from mlserver.codecs import Base64Codec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse, MetadataTensor, ResponseOutput


class LengthScore(MLModel):
    """Scores anyone can work out: bytes of the image, and a tenth a character of the prompt."""

    async def load(self) -> bool:
        names = ["image"] if self.name == "aesthetic" else ["prompt", "image"]
        self.inputs = [MetadataTensor(name=name, datatype="BYTES", shape=[-1]) for name in names]
        self.outputs = [MetadataTensor(name="score", datatype="FP32", shape=[-1])]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {one.name: one for one in payload.inputs}
        images = Base64Codec.decode_input(columns["image"])
        scores = [float(len(image)) for image in images]
        if "prompt" in columns:
            prompts = StringCodec.decode_input(columns["prompt"])
            scores = [score + len(text) / 10 for score, text in zip(scores, prompts, strict=True)]
        output = ResponseOutput(name="score", datatype="FP32", shape=[len(scores)], data=scores)
        return InferenceResponse(model_name=self.name, outputs=[output])

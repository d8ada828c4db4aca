import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { clientConfigOf, type S3StoreOptions } from '../../../storage/s3-options.js';

/** Begins an upload in parts, sends one part and leaves it there, as a process does that is killed meanwhile. */
export async function beginUpload(options: S3StoreOptions, key: string): Promise<void> {
  const client = new S3Client(clientConfigOf(options));
  const place = { Bucket: options.bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(place));
  await client.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: 'a part' }));
  client.destroy();
}

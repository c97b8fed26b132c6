// What the AWS SDK for JavaScript does with an S3 endpoint, every byte compared; run by s3-clients.sh, in a folder where its packages are.
//   node s3-client.mjs ENDPOINT BUCKET        with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const {
  S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, HeadObjectCommand, CopyObjectCommand, DeleteObjectCommand, DeleteObjectsCommand, paginateListObjectsV2,
} = require('@aws-sdk/client-s3');
const { Upload } = require('@aws-sdk/lib-storage');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');

const [endpoint, Bucket] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
const bytesOf = async (got) => Buffer.from(await got.Body.transformToByteArray());
const refused = (status) => (error) => error.$metadata?.httpStatusCode === status;

await s3.send(new CreateBucketCommand({ Bucket }));

const small = randomBytes(5000);
const Key = 'ü + %/small';
const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: small, Metadata: { color: 'green' }, ContentType: 'text/x-own' }));
const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
assert.deepEqual([got.ETag, got.Metadata.color, got.ContentType], [put.ETag, 'green', 'text/x-own']);
assert.ok((await bytesOf(got)).equals(small));

// In parts of 5 MiB, from a stream whose length nobody knows.
const large = randomBytes(32 * 1024 * 1024 + 7);
const pieces = function* () { for (let at = 0; at < large.length; at += 100_000) yield large.subarray(at, at + 100_000); };
await new Upload({ client: s3, params: { Bucket, Key: 'large', Body: Readable.from(pieces()) }, queueSize: 4, partSize: 5 * 1024 * 1024 }).done();
assert.ok((await bytesOf(await s3.send(new GetObjectCommand({ Bucket, Key: 'large' })))).equals(large));
const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'large', Range: 'bytes=7000000-12345678' }));
assert.equal(part.ContentRange, `bytes 7000000-12345678/${large.length}`);
assert.ok((await bytesOf(part)).equals(large.subarray(7000000, 12345679)));

const names = Array.from({ length: 120 }, (_, number) => `many/${String(number).padStart(3, '0')}`);
await Promise.all(names.map((name) => s3.send(new PutObjectCommand({ Bucket, Key: name, Body: name }))));
const listed = [];
let pages = 0;
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 50 }, { Bucket, Prefix: 'many/' })) {
  pages += 1;
  listed.push(...page.Contents.map((object) => object.Key));
}
assert.deepEqual([listed, pages], [names, 3]);

await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: encodeURI(`${Bucket}/large`) }));
assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).ContentLength, large.length);

const address = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'copy' }), { expiresIn: 600 });
assert.ok(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(large));

await assert.rejects(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'other', IfNoneMatch: '*' })), refused(412));
await assert.rejects(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'other', IfMatch: '"00000000000000000000000000000000"' })), refused(412));
await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'other', IfMatch: put.ETag }));
assert.equal(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString(), 'other');

const removed = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: names.map((name) => ({ Key: name })) } }));
assert.deepEqual([removed.Deleted.length, removed.Errors?.length ?? 0], [names.length, 0]);
await s3.send(new DeleteObjectCommand({ Bucket, Key: 'copy' }));
await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' })), refused(404));

/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.net.URI;
import java.time.Duration;
import org.hapibinary.storage.RedirectingStorage.Headers;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Signs URLs of objects, without a request to the store. */
final class S3Redirects implements AutoCloseable {

    private final S3Presigner presigner;
    private final String bucket;

    /** @throws S3AccessException if there are no credentials, or no region */
    S3Redirects(S3Settings settings) throws S3AccessException {
        this.presigner = S3Clients.presigner(settings);
        this.bucket = settings.bucket();
    }

    URI urlOf(String key, Headers headers, Duration validity) {
        GetObjectRequest.Builder read = GetObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .responseContentType(headers.contentType())
                .responseContentDisposition(headers.contentDisposition())
                .responseCacheControl(headers.cacheControl());
        headers.contentEncoding().ifPresent(read::responseContentEncoding);
        return URI.create(presigner
                .presignGetObject(signed -> signed.signatureDuration(validity).getObjectRequest(read.build()))
                .url()
                .toString());
    }

    @Override
    public void close() {
        presigner.close();
    }
}

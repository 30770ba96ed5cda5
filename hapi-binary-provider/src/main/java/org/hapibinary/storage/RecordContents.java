/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** The content of the record's Binaries: in the resource, or in the server's own storage. */
final class RecordContents {

    private static final int MOST_DIGESTS = 10_000;

    private final IBinaryStorageSvc service;
    private final ContentStore storage;

    /** Of content whose storage does not know its digest. Content never changes under its id. */
    private final Cache<String, String> digests =
            Caffeine.newBuilder().maximumSize(MOST_DIGESTS).build();

    RecordContents(IBinaryStorageSvc service) {
        this.service = service;
        this.storage = new ContentStore(service);
    }

    ContentStore.Stored describe(RecordBinary binary) throws IOException {
        String contentId = binary.externalContentId().orElse(null);
        if (contentId == null) {
            byte[] content = inline(binary);
            return new ContentStore.Stored(
                    content.length, Hashing.sha256().hashBytes(content).toString());
        }
        StoredDetails details = service.fetchBinaryContentDetails(binary.id(), contentId);
        if (details == null) {
            throw new MissingContentException("The server's own storage has no content " + contentId);
        }
        return new ContentStore.Stored(details.getBytes(), digest(binary, contentId, details));
    }

    private String digest(RecordBinary binary, String contentId, StoredDetails details) throws IOException {
        if (details.getHash() != null) {
            return details.getHash();
        }
        String known = digests.getIfPresent(contentId);
        if (known == null) {
            HashingOutputStream hashed = new HashingOutputStream(Hashing.sha256(), OutputStream.nullOutputStream());
            service.writeBinaryContent(binary.id(), contentId, hashed);
            known = hashed.hash().toString();
            digests.put(contentId, known);
        }
        return known;
    }

    StoredContent open(RecordBinary binary, long size) throws IOException {
        String contentId = binary.externalContentId().orElse(null);
        return contentId == null
                ? new InlineContent(inline(binary))
                : storage.open(binary.id().getIdPart(), contentId, size);
    }

    private static byte[] inline(RecordBinary binary) throws MissingContentException {
        byte[] content = binary.inlineContent();
        if (content.length == 0) {
            throw new MissingContentException("Binary/" + binary.id().getIdPart() + " has no content any more");
        }
        return content;
    }
}

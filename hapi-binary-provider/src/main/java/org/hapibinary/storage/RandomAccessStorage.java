/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import org.hl7.fhir.instance.model.api.IIdType;

/**
 * An extension of HAPI's SPI for binary storage services: reads content from any position without reading the bytes
 * before it. A service that does not implement it still works, at the speed that its stream allows.
 */
public interface RandomAccessStorage {

    /**
     * Opens content for reading.
     *
     * @param resourceId the Binary the content belongs to, with its resource type
     * @param contentId the content
     * @throws java.nio.file.NoSuchFileException if there is no such content
     * @throws IOException if the store cannot be reached
     */
    StoredContent openContent(IIdType resourceId, String contentId) throws IOException;

    /**
     * Opens content that exists and is read at once. A store may leave it to the first read to ask for the content:
     * that read then throws {@link MissingContentException} if there is none, or one of another length.
     *
     * @param resourceId the Binary the content belongs to, with its resource type
     * @param contentId the content
     * @param size its length in bytes
     * @throws java.nio.file.NoSuchFileException if there is no such content
     * @throws IOException if the store cannot be reached
     */
    default StoredContent openContent(IIdType resourceId, String contentId, long size) throws IOException {
        return openContent(resourceId, contentId);
    }
}

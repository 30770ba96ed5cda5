/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.hl7.fhir.instance.model.api.IIdType;

/** An extension of HAPI's SPI for binary storage services: a client can be sent to the store itself for content. */
public interface RedirectingStorage {

    /**
     * Makes a URL at which whoever knows it may GET the content until it expires. Does not ask the store.
     *
     * @param resourceId the Binary the content belongs to, with its resource type
     * @param contentId the content
     * @param headers of the store's answer
     * @param validity how long the URL can be used; at least a second
     */
    URI urlOf(IIdType resourceId, String contentId, Headers headers, Duration validity);

    /**
     * Headers that a store sends with content.
     *
     * @param contentType the value of {@code Content-Type}
     * @param contentEncoding the value of {@code Content-Encoding}; empty for none
     * @param contentDisposition the value of {@code Content-Disposition}
     * @param cacheControl the value of {@code Cache-Control}
     */
    record Headers(
            String contentType, Optional<String> contentEncoding, String contentDisposition, String cacheControl) {}
}

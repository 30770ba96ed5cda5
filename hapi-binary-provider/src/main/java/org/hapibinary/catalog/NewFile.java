/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * What is known of a file before its first byte is stored.
 *
 * @param binaryId the id of HAPI's Binary, without the resource type
 * @param kind data or error
 * @param resourceType the FHIR type of the resources in it
 * @param contentType its media type
 * @param contentId the key its content will have in the store
 * @param gzipContentId the key its content will have in gzip
 */
public record NewFile(
        String binaryId,
        FileKind kind,
        String resourceType,
        String contentType,
        String contentId,
        String gzipContentId) {}

/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * What is known of a file before its Binary is committed.
 *
 * @param binaryId the id of HAPI's Binary, without the resource type
 * @param kind data, error or attachment
 * @param resourceType the FHIR type of the resources in it
 * @param contentType its media type
 * @param contentId the key its content will have in the store
 * @param size length in bytes
 * @param sha256 lower-case hexadecimal
 * @param lineCount number of lines
 */
public record NewFile(
        String binaryId,
        FileKind kind,
        String resourceType,
        String contentType,
        String contentId,
        long size,
        String sha256,
        long lineCount) {}

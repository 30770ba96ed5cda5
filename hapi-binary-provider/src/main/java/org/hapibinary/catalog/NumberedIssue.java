/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * An issue with its place among those of its export.
 *
 * @param number greater than those of all issues found before
 */
public record NumberedIssue(long number, ExportIssue issue) {}

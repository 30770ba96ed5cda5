/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import org.jspecify.annotations.Nullable;

/**
 * What a plain host is to export.
 *
 * @param base its FHIR base URL
 * @param patient the id of the only patient; null for all
 */
record PlainKickOff(String base, @Nullable String patient) {}

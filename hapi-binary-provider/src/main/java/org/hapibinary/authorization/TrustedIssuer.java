/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * An OAuth server whose access tokens are accepted.
 *
 * @param issuer the {@code iss} of its tokens, an URL
 * @param jwkSetUri where its public keys are; null to ask its metadata
 * @param audience the {@code aud} that its tokens must name
 */
public record TrustedIssuer(String issuer, @Nullable URI jwkSetUri, String audience) {}

/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Authentication by OAuth 2.0 access tokens: JWTs, introspection, DPoP, and the issuers' keys and metadata. It is the
 * only package that uses Nimbus.
 */
@NullMarked
package org.hapibinary.authorization.token;

import org.jspecify.annotations.NullMarked;

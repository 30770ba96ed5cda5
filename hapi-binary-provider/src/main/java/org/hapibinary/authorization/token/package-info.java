/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Who sends a request, by OAuth 2.0 access tokens: JWTs, introspection, DPoP, keys and metadata of issuers. The only
 * package that knows Nimbus.
 */
@NullMarked
package org.hapibinary.authorization.token;

import org.jspecify.annotations.NullMarked;

/**
 * Who is asking, and whether they may: tokens, scopes, the decision, and the interceptor that makes it.
 */
@NullMarked
package org.hapibinary.authorization;

import org.jspecify.annotations.NullMarked;

/**
 * Authentication and authorization: callers, scopes, the policy, the decision, and the interceptor that enforces it.
 */
@NullMarked
package org.hapibinary.authorization;

import org.jspecify.annotations.NullMarked;

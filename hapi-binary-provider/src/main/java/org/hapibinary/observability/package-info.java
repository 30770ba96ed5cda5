/**
 * Logs and meters for operators.
 */
@NullMarked
package org.hapibinary.observability;

import org.jspecify.annotations.NullMarked;

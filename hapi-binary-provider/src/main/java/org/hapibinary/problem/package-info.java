/**
 * One exception type for every refusal and fault, and its mapping to an OperationOutcome.
 */
@NullMarked
package org.hapibinary.problem;

import org.jspecify.annotations.NullMarked;

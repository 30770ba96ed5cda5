/**
 * Every refusal and fault as one exception type, and its mapping to an OperationOutcome.
 */
@NullMarked
package org.hapibinary.problem;

import org.jspecify.annotations.NullMarked;

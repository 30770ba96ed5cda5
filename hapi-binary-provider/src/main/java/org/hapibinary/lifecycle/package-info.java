/**
 * How exports end: deletion, expiry, and the sweep that erases their bytes.
 */
@NullMarked
package org.hapibinary.lifecycle;

import org.jspecify.annotations.NullMarked;

/**
 * Properties and wiring; the only room that knows all the others.
 */
@NullMarked
package org.hapibinary.autoconfigure;

import org.jspecify.annotations.NullMarked;

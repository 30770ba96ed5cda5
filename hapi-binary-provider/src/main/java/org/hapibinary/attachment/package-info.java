/**
 * Binaries of the patients' record to which exported resources refer: finds, registers and serves them.
 */
@NullMarked
package org.hapibinary.attachment;

import org.jspecify.annotations.NullMarked;

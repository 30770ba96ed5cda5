/**
 * Binaries of the patients' record that exported resources refer to: found in resources, looked up, and registered.
 */
@NullMarked
package org.hapibinary.attachment;

import org.jspecify.annotations.NullMarked;

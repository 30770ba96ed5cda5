/**
 * The common rules for kick-offs and export files, whichever engine exports.
 */
@NullMarked
package org.hapibinary.export;

import org.jspecify.annotations.NullMarked;

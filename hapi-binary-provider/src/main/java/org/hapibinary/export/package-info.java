/**
 * What every kick-off and every file of an export is held to, whichever engine does the exporting.
 */
@NullMarked
package org.hapibinary.export;

import org.jspecify.annotations.NullMarked;

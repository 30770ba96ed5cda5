/**
 * Turns an authorized file and a request into a response.
 */
@NullMarked
package org.hapibinary.download;

import org.jspecify.annotations.NullMarked;

/**
 * An authorized file and a request become a response.
 */
@NullMarked
package org.hapibinary.download;

import org.jspecify.annotations.NullMarked;

/**
 * What an operator sees of the plugin at work.
 */
@NullMarked
package org.hapibinary.observability;

import org.jspecify.annotations.NullMarked;

/**
 * How the parts of the plugin are put together, the same in every server.
 */
@NullMarked
package org.hapibinary.plugin;

import org.jspecify.annotations.NullMarked;

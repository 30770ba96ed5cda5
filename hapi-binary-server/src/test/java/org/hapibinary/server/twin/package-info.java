/** One host twice, with HAPI's own export job and with the plugin's: what a host relies on is the same in both. */
@NullMarked
package org.hapibinary.server.twin;

import org.jspecify.annotations.NullMarked;

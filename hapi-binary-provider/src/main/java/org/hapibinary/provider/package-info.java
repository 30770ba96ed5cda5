/**
 * The plugin's interface to HAPI: the Binary provider, the export status, the manifest, and what announces them.
 */
@NullMarked
package org.hapibinary.provider;

import org.jspecify.annotations.NullMarked;

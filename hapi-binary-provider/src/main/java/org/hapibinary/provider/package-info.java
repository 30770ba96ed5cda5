/**
 * What HAPI sees of the plugin: the Binary provider, the export status, the manifest.
 */
@NullMarked
package org.hapibinary.provider;

import org.jspecify.annotations.NullMarked;

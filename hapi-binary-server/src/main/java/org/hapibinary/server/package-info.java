/** A HAPI FHIR JPA server (R4) on Jetty with the plugin in it. */
@NullMarked
package org.hapibinary.server;

import org.jspecify.annotations.NullMarked;

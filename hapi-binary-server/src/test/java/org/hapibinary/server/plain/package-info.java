/**
 * A plain {@code RestfulServer} with the plugin, without Spring Boot and without HAPI's JPA, and what is tested on
 * it, or on two of them that share a database.
 */
@NullMarked
package org.hapibinary.server.plain;

import org.jspecify.annotations.NullMarked;

/**
 * Reads resources of a HAPI JPA server in bounded portions and writes them as lines of NDJSON. Uses HAPI's tables, DAOs
 * and hooks.
 */
@NullMarked
package org.hapibinary.jpaserver.reading;

import org.jspecify.annotations.NullMarked;

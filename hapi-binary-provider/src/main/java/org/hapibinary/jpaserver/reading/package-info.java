/**
 * Resources of a HAPI JPA server, read in bounded portions and written as lines of NDJSON. Knows HAPI's tables, DAOs
 * and hooks.
 */
@NullMarked
package org.hapibinary.jpaserver.reading;

import org.jspecify.annotations.NullMarked;

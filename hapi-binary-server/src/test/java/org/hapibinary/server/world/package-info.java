/** What is in servers under test: resources, records and catalogs, made or looked at by tests. */
@NullMarked
package org.hapibinary.server.world;

import org.jspecify.annotations.NullMarked;

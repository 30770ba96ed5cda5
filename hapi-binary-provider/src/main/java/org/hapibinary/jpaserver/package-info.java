/**
 * From HAPI's bulk export engine to the catalog: the kick-off, the files, the end of the job.
 */
@NullMarked
package org.hapibinary.jpaserver;

import org.jspecify.annotations.NullMarked;

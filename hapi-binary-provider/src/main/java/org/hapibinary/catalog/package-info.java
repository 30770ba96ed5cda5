/**
 * What has been exported, for whom, and which files came of it: the exports and export files as rows, and the changes
 * of state they go through. Everything any node needs to answer a request is here; the bytes are in {@code storage}.
 */
@NullMarked
package org.hapibinary.catalog;

import org.jspecify.annotations.NullMarked;

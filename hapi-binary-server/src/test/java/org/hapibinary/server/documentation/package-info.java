/** What the documents and the sample files say is true, and how the sources look. */
@NullMarked
package org.hapibinary.server.documentation;

import org.jspecify.annotations.NullMarked;

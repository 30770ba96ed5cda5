/** What goes over the wire when files, attachments and other Binaries are read. */
@NullMarked
package org.hapibinary.server.contract.download;

import org.jspecify.annotations.NullMarked;

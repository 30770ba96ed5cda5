/** What is in an export: its kick-off, its filters, its resources and its errors. */
@NullMarked
package org.hapibinary.server.contract.export;

import org.jspecify.annotations.NullMarked;

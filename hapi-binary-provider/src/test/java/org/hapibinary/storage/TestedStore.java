/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import com.google.common.base.Throwables;
import java.util.Locale;

/** A store that is put to the test. */
public interface TestedStore {

    /** The store, new or the same each time, which holds nothing but what other tests have left under other keys. */
    IBinaryStorageSvc service() throws Exception;

    /** Looks where the store keeps content, past the store itself, and fails if there is anything of this content. */
    void assertNothingIsLeft(String binaryId, String contentId) throws Exception;

    /** What is thrown gets into logs; content, which is about patients, must not. */
    static void assertTellsNoContent(Throwable thrown) {
        assertThat(Throwables.getCausalChain(thrown)).allSatisfy(cause -> assertThat(String.valueOf(cause.getMessage()))
                .hasSizeLessThan(1000));
    }

    /** The length of the big content, in bytes: 64 MiB, or what {@code -Dstore.size} says, such as {@code 5g}. */
    default long bigSize() {
        String size = System.getProperty("store.size", "64m").toLowerCase(Locale.ROOT);
        long number = Long.parseLong(size.substring(0, size.length() - 1));
        return switch (size.charAt(size.length() - 1)) {
            case 'g' -> number * 1024 * 1024 * 1024;
            case 'm' -> number * 1024 * 1024;
            default -> throw new IllegalArgumentException("Not a size: " + size);
        };
    }
}

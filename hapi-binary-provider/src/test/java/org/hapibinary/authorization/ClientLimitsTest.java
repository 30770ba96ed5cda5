/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientLimitsTest {

    private static final ClientLimits LIMITS =
            new ClientLimits(Map.of("limited", Set.of("one", "two"), "shut-out", Set.of()));

    @ParameterizedTest
    @CsvSource({
        "limited,Group/one,true",
        "limited,Group/two,true",
        "limited,Group/three,false",
        "limited,Group/ONE,false",
        "limited,Patient/one,false",
        "limited,,false",
        "shut-out,Group/one,false",
        "shut-out,,false",
        "other,Group/three,true",
        "other,Patient/x,true",
        "other,,true",
        "LIMITED,Group/three,true"
    })
    void aLimitedClientMayExportItsGroupsAndNothingElse(String client, @Nullable String exported, boolean allowed) {
        Caller caller = new Caller("https://issuer", client, null, SmartScopes.parse("system/*.rs"));

        assertThat(LIMITS.refusalOf(caller, exported).isEmpty()).isEqualTo(allowed);
    }
}

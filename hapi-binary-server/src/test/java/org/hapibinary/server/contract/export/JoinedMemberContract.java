/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.world.ExactWorld.group;
import static org.hapibinary.server.world.ExactWorld.query;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.Test;

/** Patients who join a Group and leave it between two increments, as docs/export.md has it ("Increments"). */
public interface JoinedMemberContract {

    ExactWorld world();

    @Test
    default void whoJoinedComesWithWhatHasChangedAndIsToBeHadWhole() {
        for (String id : new String[] {"stays", "joins", "leaves"}) {
            world().put("Patient/" + id, "'active':true");
            world().put(
                            "Encounter/of-" + id,
                            "'status':'finished','class':{'code':'AMB'},'subject':{'reference':'Patient/" + id + "'}");
        }
        world().put("Group/changing", group("Patient/stays", "Patient/leaves"));
        JsonNode first = world().manifest("/Group/changing/$export?_type=Group,Patient,Encounter");
        String since = Instant.now().toString();

        world().put("Group/changing", group("Patient/stays", "Patient/joins"));
        world().put(
                        "Encounter/of-joins",
                        "'status':'in-progress','class':{'code':'AMB'},'subject':{'reference':'Patient/joins'}");
        world().put(
                        "Encounter/of-leaves",
                        "'status':'in-progress','class':{'code':'AMB'},'subject':{'reference':'Patient/leaves'}");
        JsonNode increment = world().manifest(
                        "/Group/changing/$export" + query("_type", "Group,Patient,Encounter", "_since", since));

        assertThat(ExactWorld.referencesIn(world().client(), first))
                .containsExactlyInAnyOrder(
                        "Group/changing",
                        "Patient/stays",
                        "Patient/leaves",
                        "Encounter/of-stays",
                        "Encounter/of-leaves");
        assertThat(ExactWorld.referencesIn(world().client(), increment))
                .containsExactlyInAnyOrder("Group/changing", "Encounter/of-joins");
        assertThat(increment.path("deleted")).isEmpty();
        assertThat(world().exported("/Group/changing/$export?_type=Patient,Encounter&patient=Patient/joins"))
                .containsExactlyInAnyOrder("Patient/joins", "Encounter/of-joins");
    }
}

namespace Vdi.EndToEnd.Tests;

/// <summary>Answers about images, one of everything: docs/specs/images.md.</summary>
internal static class Samples
{
    private const string Old = "4c5d6e7f80911a2b";
    private const string Middle = "9f3a0b1c2d3e4f50";
    private const string Newest = "b873fc58c915d18a";
    private const string At = "2026-03-04T05:06:07Z";

    private static readonly object Linux = new { firmware = "bios", drivers = "virtio", tpm = false, system = "linux", agent = true, memoryMiB = 2048, cpus = 2 };
    private static readonly object Windows = new { firmware = "uefiSecure", drivers = "pc", tpm = true, system = "windows", agent = false, memoryMiB = 4096, cpus = 4 };

    public static object[] Versions =>
    [
        Version("tiny", Newest, "update", Middle, Failed, offered: false, []),
        Version("tiny", Middle, "edit", Old, Passed, offered: true, ["classes", "lab"]),
        Version("desktop", "11aa22bb33cc44dd", "recipe", null, Passed, offered: true, ["classes"]),
        Version("office", "55ee66ff77001122", "import", null, null, offered: false, []),
    ];

    public static object Tree => new
    {
        name = "tiny",
        versions = new[]
        {
            Version("tiny", Newest, "update", Middle, Failed, offered: false, [], changes: true),
            Version("tiny", Middle, "edit", "0123456789abcdef", Passed, offered: true, ["classes", "lab"]),
            Version("tiny", "77665544332211aa", "edit", Middle, null, offered: false, []),
            Version("tiny", Old, "recipe", null, Passed, offered: true, []),
        },
        recipe = new { name = "tiny", hash = "abc", newest = Old, outdated = true },
        policy = Policy,
        edit = (object?)null,
        jobs = Array.Empty<object>(),
    };

    public static object Policy => new { keep = 3, checkScript = "pgrep -x Xorg\n", update = new { hours = new { days = new[] { "saturday", "sunday" }, from = "22:00", to = "04:00" }, timeZone = "Asia/Seoul" } };

    public static object[] Recipes => [new { name = "desktop", hash = "a", newest = "11aa22bb33cc44dd", outdated = true }, new { name = "tiny", hash = "b", newest = (string?)null, outdated = (bool?)null }];

    public static object[] Media =>
    [
        new { hash = new string('a', 64), name = "Windows 11", bytes = 5_900_000_000, added = At, edits = new[] { "office" } },
        new { hash = new string('b', 64), name = "virtio-win", bytes = 730_000_000, added = At, edits = Array.Empty<string>() },
    ];

    public static object[] Jobs =>
    [
        Job("j1", "test", "office", "55ee66ff77001122", "running", "waiting until the screen is painted and still", null),
        Job("j2", "export", "tiny", Middle, "running", "writes the file", 0.42),
        Job("j7", "saveCheckpoint", "tiny", null, "failed", "The guest did not finish /bin/sh within 20 s", null, ended: true, edit: "stopped"),
        Job("j3", "build", "desktop", null, "waiting", "waits for its turn", null),
        Job("j4", "test", "tiny", Newest, "failed", "The guest did not finish /bin/sh within 20 s", null, ended: true),
        Job("j5", "export", "tiny", Middle, "done", "can be fetched for two days", null, ended: true),
        Job("j6", "import", "office", null, "cancelled", "was cancelled", null, ended: true),
    ];

    public static object[] Uploads =>
    [
        new { id = "u1", fileName = "Windows 11 (KO).iso", bytes = 5_900_000_000, received = 2_100_000_000, sha256 = (string?)null, who = "kim", created = At },
    ];

    private static object Passed => new { passed = true, at = At, steps = new[] { Step("boots", true, 12.5, null), Step("agent", true, 14, null), Step("painted", true, 3.2, null), Step("forks", true, 0.4, null), Step("script", null, null, "there is none") } };

    private static object Failed => new { passed = false, at = At, steps = new[] { Step("boots", true, 127.1, null), Step("agent", true, 127.1, null), Step("painted", false, 20.2, "The guest did not finish /bin/sh within 20 s"), Step("forks", null, null, null), Step("script", null, null, null) } };

    public static object Page(object[] items) => new { items, total = items.Length, page = 1, size = 500 };

    /// <param name="what">How far it is.</param>
    public static object Edit(string what) => new
    {
        id = what,
        image = "tiny",
        version = Middle,
        hardware = (object?)null,
        diskGiB = (int?)null,
        media = new[] { new string('b', 64) },
        network = "internet",
        author = "kim",
        created = At,
        state = what switch { "publishing" => "ready", "published" or "discarded" => "recycling", _ => what },
        reason = what switch { "failed" => "its editing machine was discarded", "stopped" => "is switched off", _ => "is ready" },
        since = At,
        checkpoints = new[]
        {
            Checkpoint("c1", "before updates", null),
            Checkpoint("c2", "updates are in", "c1"),
            Checkpoint("c3", "Office is installed", "c2"),
            Checkpoint("c4", "Firefox 145, new printers", "c1"),
        },
        at = "c2",
        bytes = 1_700_000_000,
        job = what == "publishing" ? Job("p1", "publish", "tiny", null, "running", "seals the disk", 0.66, edit: what) : null,
        closed = what is "published" or "discarded" ? At : null,
        published = what == "published" ? Newest : null,
    };

    private static object Checkpoint(string id, string name, string? after) => new { id, name, at = At, bytes = 640_000_000, after };

    private static object Step(string name, bool? passed, double? seconds, string? words) => new { name, passed, seconds, words };

    private static object Version(string name, string version, string origin, string? parent, object? test, bool offered, string[] pools, bool changes = false) => new
    {
        name,
        version,
        built = At,
        hosts = new[] { "local" },
        pools,
        usedBy = pools.Select((pool, i) => new { pool, @as = i == 0 ? "current" : "previous" }).ToArray(),
        machines = pools.Length * 6,
        edit = (string?)null,
        memoryMiB = 2048,
        hardware = name == "office" ? Windows : Linux,
        origin,
        parent,
        parentDeleted = parent == "0123456789abcdef",
        author = "kim",
        notes = origin == "edit" ? "Firefox 145, new printers" : "",
        bytes = 3_900_000_000,
        ownBytes = parent is null ? 3_900_000_000 : 210_000_000,
        offered,
        test,
        recipe = (string?)null,
        outdated = name == "desktop",
        changes = changes
            ? new object[] { new { name = "firefox-esr", before = "140.1", after = "145.0" }, new { name = "libssl3", before = "3.0.1", after = "3.0.2" }, new { name = "nano", before = (string?)null, after = "8.0" }, new { name = "telnet", before = "0.17", after = (string?)null } }
            : null,
    };

    private static object Job(string id, string kind, string image, string? version, string state, string step, double? fraction, bool ended = false, string? edit = null) => new
    {
        id,
        kind,
        image,
        version,
        edit,
        state,
        step,
        fraction,
        result = (string?)null,
        cancelling = false,
        who = "kim",
        created = At,
        started = At,
        ended = ended ? At : null,
    };
}

using System.Text.RegularExpressions;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>Makes a running Linux guest a person's: name, time zone, keyboard, and the language of what is started from now on.</summary>
internal static partial class GuestPerson
{
    private const int LongestName = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>A desktop that runs is told by its image's own /usr/lib/vdi/person, if any; a single application has nothing that would ask. Nothing happens where the guest was given the same before, until it starts anew: what the person chose there meanwhile stays. Programs cost an emulated guest 50 ms each, so there are few, side by side. $1 name, $2 locale, $3 time zone, $4 layout; what is empty, or what the guest does not have, stays as it is. The name is that of the first user who is no
    /// system's (passwd(5), the comment's first part).</summary>
    private const string Script = """
        given=/run/vdi-person
        was=
        [ ! -e $given ] || read -r was <$given
        [ "$was" != "$1|$2|$3|$4" ] || exit 0
        printf '%s\n' "$1|$2|$3|$4" >$given
        if [ -n "$3" ] && [ -f "/usr/share/zoneinfo/$3" ]; then
          ln -sfn "/usr/share/zoneinfo/$3" /etc/localtime
          echo "$3" >/etc/timezone
        fi
        # Programs that are open take a new layout for a second each in an emulated guest: what it has already it is not given.
        now=${was##*|}
        [ -n "$now" ] || now=$(sed -n 's/^XKBLAYOUT="*\([a-z]*\)"*$/\1/p' /etc/default/keyboard 2>/dev/null)
        [ -z "$4" ] || [ "$4" = "${now:-us}" ] || [ ! -e /run/vdi-desktop/xauthority ] || DISPLAY=:0 XAUTHORITY=/run/vdi-desktop/xauthority setxkbmap "$4" &
        u=
        while [ -z "$u" ] && IFS=: read -r name x uid x; do
          [ "$uid" -lt 1000 ] || [ "$uid" -ge 60000 ] || u=$name
        done </etc/passwd
        [ -n "$u" ] || { wait; exit 0; }
        as() { runuser -u "$u" -- env "XDG_RUNTIME_DIR=/run/user/$uid" "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus" "$@"; }
        lang=
        [ ! -r /etc/default/locale ] || read -r lang </etc/default/locale
        if [ -n "$2" ] && [ "$lang" != "LANG=$2" ] && [ "$(LC_ALL=$2 locale charmap 2>/dev/null)" = UTF-8 ]; then
          printf 'LANG=%s\n' "$2" >/etc/default/locale
          [ ! -S "/run/user/$uid/bus" ] || as dbus-update-activation-environment --systemd "LANG=$2" &
        fi
        [ ! -x /usr/lib/vdi/person ] || [ -e /etc/vdi/app ] || (as /usr/lib/vdi/person "$2" "$3" "$4" >/dev/null 2>&1 &)
        [ -z "$1" ] || usermod -c "$1" "$u" || { rm -f $given; exit 4; }
        wait
        exit 0
        """;

    /// <exception cref="MachineException">The guest did not take it.</exception>
    public static async Task SetAsync(GuestAgentClient agent, PersonSettings person, CancellationToken stop)
    {
        var zone = person.TimeZone is { } named && Zone().IsMatch(named) && !named.Contains("..", StringComparison.Ordinal) ? named : "";
        var layout = person.Layout is { } wanted && Layout().IsMatch(wanted) ? wanted : "";
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Script, "person", NameOf(person.Name), LocaleOf(person.Language), zone, layout], Deadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest did not take its person's settings ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>What a line of passwd(5) can bear of a name.</summary>
    internal static string NameOf(string name)
    {
        var plain = string.Concat(name.Select(letter => letter is ':' or ',' || char.IsControl(letter) ? ' ' : letter)).Trim();
        return plain.Length <= LongestName ? plain : plain[..LongestName];
    }

    /// <summary>The locale of a language, as glibc names it; empty for none.</summary>
    internal static string LocaleOf(string? language)
    {
        if (language is null || Language().Match(language) is not { Success: true } tag)
        {
            return "";
        }

        var region = tag.Groups[2].Success ? tag.Groups[2].Value.ToUpperInvariant() : tag.Groups[1].Value switch { "ko" => "KR", "ja" => "JP", "zh" => "CN", "en" => "US", var other => other.ToUpperInvariant() };
        return $"{tag.Groups[1].Value}_{region}.UTF-8";
    }

    [GeneratedRegex("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$")]
    private static partial Regex Zone();

    [GeneratedRegex("^[a-z]{2,10}$")]
    private static partial Regex Layout();

    [GeneratedRegex("^([a-z]{2,3})(?:-[A-Z][a-z]{3})?(?:-([A-Za-z]{2}))?$")]
    private static partial Regex Language();
}

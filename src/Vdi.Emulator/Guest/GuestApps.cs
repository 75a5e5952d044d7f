using System.Text;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>What applications a Linux guest has, by its desktop entries (Desktop Entry Specification 1.5). The guest is hostile: what it says is
/// bounded, and text.</summary>
internal static class GuestApps
{
    private const int Most = 200;
    private const int LongestText = 500;
    private const int LargestIcon = 24 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>A line for each entry: its words with tabs between them, then its icon in base64. A tab or an end of line cannot be in a value. Icons that
    /// are drawings become pictures where the guest has a tool for it; all of them are small, for the agent carries a megabyte.</summary>
    private const string Script = """
        cd /usr/share/icons 2>/dev/null || cd /
        icon() {
          case $1 in
            /*) set -- "$1" ;;
            '') return ;;
            *) set -- */64x64/apps/"$1".png */64/apps/"$1".png */apps/64/"$1".png */48x48/apps/"$1".png */apps/48/"$1".png */128x128/apps/"$1".png */apps/128/"$1".png */96x96/apps/"$1".png /usr/share/pixmaps/"$1".png */scalable/apps/"$1".svg */apps/64/"$1".svg */apps/48/"$1".svg */apps/128/"$1".svg */apps/scalable/"$1".svg */32x32/apps/"$1".png /usr/share/pixmaps/"$1".svg ;;
          esac
          for file; do
            [ -s "$file" ] || continue
            case $file in
              *.png) [ "$(stat -Lc %s "$file")" -le 24576 ] || continue; base64 -w0 "$file"; return ;;
              *.svg)
                rm -f /tmp/vdi-icon.png
                if command -v rsvg-convert >/dev/null; then rsvg-convert -w 64 -h 64 -o /tmp/vdi-icon.png "$file" 2>/dev/null
                elif command -v gdk-pixbuf-thumbnailer >/dev/null; then gdk-pixbuf-thumbnailer -s 64 "$file" /tmp/vdi-icon.png 2>/dev/null
                fi
                [ ! -s /tmp/vdi-icon.png ] || { base64 -w0 /tmp/vdi-icon.png; return; }
                ;;
            esac
          done
        }
        for entry in /usr/share/applications/*.desktop /usr/local/share/applications/*.desktop; do
          [ -f "$entry" ] || continue
          Type= Name= Comment= Exec= TryExec= Path= Icon= Categories= MimeType= Terminal= NoDisplay= Hidden= inside=
          while IFS= read -r line || [ -n "$line" ]; do
            case $line in
              '[Desktop Entry]') inside=1 ;;
              '['*) [ -z "$inside" ] || break ;;
              *=*)
                [ -n "$inside" ] || continue
                key=${line%%=*}; key=${key%% *}; value=${line#*=}; value=${value# }
                case $key in Type|Name|Comment|Exec|TryExec|Path|Icon|Categories|MimeType|Terminal|NoDisplay|Hidden) eval "$key=\$value" ;; esac
                ;;
            esac
          done <"$entry"
          [ "$Type" = Application ] && [ -n "$Exec" ] && [ "$NoDisplay" != true ] && [ "$Hidden" != true ] || continue
          [ -z "$TryExec" ] || command -v "$TryExec" >/dev/null || continue
          name=${entry##*/}
          printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t' "${name%.desktop}" "$Name" "$Comment" "$Exec" "$Path" "$Categories" "$MimeType" "$Terminal"
          icon "$Icon"
          echo
        done
        """;

    public static async Task<IReadOnlyList<FoundApp>> FindAsync(GuestAgentClient agent, CancellationToken stop)
    {
        var (code, said, errors) = await agent.RunAsync("/bin/sh", ["-c", Script], Deadline, stop);
        return code == 0 ? [.. said.Split('\n').Select(Parse).OfType<FoundApp>().Take(Most)] : throw new MachineException($"The image did not say what applications it has ({code}): {PeerText.Head(errors)}");
    }

    /// <summary>Null for what is none.</summary>
    internal static FoundApp? Parse(string line)
    {
        var words = line.Split('\t');
        if (words.Length != 9 || words[..8].Any(word => word.Length > 4 * LongestText || word.Any(char.IsControl)) || SplitCommand(words[3]) is not [var command, .. var arguments])
        {
            return null;
        }

        return new FoundApp(
            Text(words[0]),
            Text(words[1]),
            Text(words[2]),
            command,
            arguments,
            words[4].StartsWith('/') ? words[4] : null,
            List(words[5]),

            // Kinds of addresses are no files (shared-mime-info).
            [.. List(words[6]).Where(type => !type.StartsWith("x-scheme-handler/", StringComparison.Ordinal))],
            Icon(words[8]),
            words[7] == "true");
    }

    /// <summary>The words of an Exec line: double quotes hold them together, a backslash before one of "`$\ in them is dropped, and what stands for files and
    /// the like is left out (Desktop Entry Specification, "The Exec key").</summary>
    internal static List<string> SplitCommand(string exec)
    {
        var (words, word, quoted, any) = (new List<string>(), new StringBuilder(), false, false);
        for (var i = 0; i < exec.Length; i++)
        {
            var (letter, next) = (exec[i], i + 1 < exec.Length ? exec[i + 1] : '\0');
            switch (letter)
            {
                case '"':
                    (quoted, any) = (!quoted, true);
                    break;
                case '\\' when quoted && next is '"' or '`' or '$' or '\\':
                    word.Append(next);
                    i++;
                    break;
                case '%' when next == '%':
                    word.Append('%');
                    i++;
                    break;
                case '%':
                    i++;
                    break;
                case ' ' when !quoted:
                    End();
                    break;
                default:
                    word.Append(letter);
                    break;
            }
        }

        End();
        return words;

        void End()
        {
            if (word.Length > 0 || any)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            any = false;
        }
    }

    private static byte[]? Icon(string base64)
    {
        var bytes = new byte[LargestIcon + 3];
        return base64.Length > 0 && Convert.TryFromBase64String(base64, bytes, out var length) && length <= LargestIcon ? bytes[..length] : null;
    }

    private static string Text(string text) => text.Length <= LongestText ? text : text[..LongestText];

    private static string[] List(string text) => [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(64)];
}

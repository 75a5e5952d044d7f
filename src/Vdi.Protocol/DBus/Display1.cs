namespace Vdi.Protocol.DBus;

/// <summary>Names of QEMU's D-Bus display (QEMU, docs/interop/dbus-display, ui/dbus-display1.xml).</summary>
public static class Display1
{
    public const string Console = "org.qemu.Display1.Console";
    public const string Keyboard = "org.qemu.Display1.Keyboard";
    public const string Mouse = "org.qemu.Display1.Mouse";

    public const string ListenerPath = "/org/qemu/Display1/Listener";
    public const string Listener = "org.qemu.Display1.Listener";
    public const string ListenerUnixMap = "org.qemu.Display1.Listener.Unix.Map";
    public const string Properties = "org.freedesktop.DBus.Properties";

    /// <summary>Property of <see cref="Mouse"/>: whether the guest takes places, and not motion.</summary>
    public const string IsAbsolute = "IsAbsolute";

    /// <summary>The console of a head, counted from 0: QEMU has one for each of the only screen's.</summary>
    public static string ConsolePath(int head) => head == 0 ? "/org/qemu/Display1/Console_0" : $"/org/qemu/Display1/Console_{head}";

    /// <summary>Signature of <see cref="ListenerProperties"/>.</summary>
    public const string PropertiesSignature = "a{sv}";

    /// <summary>Answer to GetAll: of the listener's own interface, that it takes shared memory (and so neither DMABUF nor anything
    /// else); of any other, nothing.</summary>
    public static byte[] ListenerProperties(string @interface)
    {
        var entries = new DBusWriter();
        if (@interface == Listener)
        {
            entries.Text("Interfaces").Signature("as").Align(4);
            entries.Bytes(new DBusWriter().Text(ListenerUnixMap).Written);
        }

        // The array's length does not count the padding before its first entry.
        return new DBusWriter().U32((uint)entries.Length).Align(8).Raw(entries.Written).Written.ToArray();
    }

    /// <summary>Whether a refusal says that the console is not on this line any more, rather than that the call cannot be followed now. QEMU takes
    /// its objects off a line as another takes its place, or as one that waited to (ui/dbus.c, add_client_ready); GDBus then
    /// answers UnknownMethod for the object, too.</summary>
    public static bool IsGone(string errorName) => errorName is
        "org.freedesktop.DBus.Error.UnknownMethod" or "org.freedesktop.DBus.Error.UnknownObject" or "org.freedesktop.DBus.Error.UnknownInterface";

    /// <summary>What a property's variant ("v") holds, where that is a boolean.</summary>
    public static bool? Flag(ref DBusReader variant) => variant.Signature() == "b" ? variant.U32() != 0 : null;

    /// <summary>What a PropertiesChanged signal ("sa{sv}as") says of <see cref="IsAbsolute"/>, the only property of its interface; null where
    /// it is about something else.</summary>
    public static bool? ChangedIsAbsolute(ReadOnlySpan<byte> signal)
    {
        var reader = new DBusReader(signal);
        if (reader.Text() != Mouse || reader.U32() == 0)
        {
            return null;
        }

        reader.Align(8);
        return reader.Text() == IsAbsolute ? Flag(ref reader) : null;
    }
}

/// <summary>Buttons as org.qemu.Display1.Mouse counts them: QEMU's InputButton (qapi/ui.json).</summary>
public enum DBusButton : uint
{
    Left = 0,
    Middle = 1,
    Right = 2,
    WheelUp = 3,
    WheelDown = 4,
    Side = 5,
    Extra = 6,
    WheelLeft = 7,
    WheelRight = 8,
}

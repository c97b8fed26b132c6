using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ApiCheck;

/// <summary>What an assembly file shows, and what it uses of others.</summary>
internal sealed class BuiltAssembly : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;
    private readonly HashSet<string> _hidden;

    public BuiltAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
        _hidden = [.. _reader.TypeDefinitions.Select(_reader.GetTypeDefinition).Where(type => !IsVisible(type)).Select(KeyOf)];
    }

    public void Dispose() => _file.Dispose();

    public IEnumerable<ApiType> PublicTypes() =>
        _reader.TypeDefinitions.Select(_reader.GetTypeDefinition).Where(IsVisible).Select(Describe);

    /// <summary>Whether the assembly defines the type and shows it to nobody.</summary>
    public bool Hides(string type) => _hidden.Contains(ApiType.KeyOf(type));

    /// <summary>References into assemblies whose name starts so: the type, and the member or null for the type alone.</summary>
    public IEnumerable<(string Type, Member? Member)> Uses(string assemblyPrefix)
    {
        foreach (var handle in _reader.TypeReferences)
        {
            if (IsIn(handle, assemblyPrefix))
            {
                yield return (KeyOf(handle), null);
            }
        }

        foreach (var reference in _reader.MemberReferences.Select(_reader.GetMemberReference))
        {
            if (ParentOf(reference, assemblyPrefix) is { } parent)
            {
                yield return (parent, Describe(reference));
            }
        }
    }

    private string? ParentOf(MemberReference reference, string assemblyPrefix)
    {
        switch (reference.Parent.Kind)
        {
            case HandleKind.TypeReference:
                var handle = (TypeReferenceHandle)reference.Parent;
                return IsIn(handle, assemblyPrefix) ? KeyOf(handle) : null;
            case HandleKind.TypeSpecification:
                var name = SignatureNames.Instance.GetTypeFromSpecification(
                    _reader, null, (TypeSpecificationHandle)reference.Parent, 0);
                return name.StartsWith(assemblyPrefix, StringComparison.Ordinal) ? ApiType.KeyOf(name) : null;
            default:
                return null;
        }
    }

    private bool IsIn(TypeReferenceHandle handle, string assemblyPrefix)
    {
        var scope = _reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsIn((TypeReferenceHandle)scope, assemblyPrefix),
            HandleKind.AssemblyReference => _reader.GetString(
                _reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name).StartsWith(assemblyPrefix, StringComparison.Ordinal),
            _ => false,
        };
    }

    private Member Describe(MemberReference reference)
    {
        var name = _reader.GetString(reference.Name);
        if (reference.GetKind() == MemberReferenceKind.Field)
        {
            return new Member("field", name, [], reference.DecodeFieldSignature(SignatureNames.Instance, null));
        }

        var signature = reference.DecodeMethodSignature(SignatureNames.Instance, null);
        return new Member("method", name, signature.ParameterTypes, signature.ReturnType, signature.GenericParameterCount,
            !signature.Header.IsInstance);
    }

    private bool IsVisible(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
            IsVisible(_reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private ApiType Describe(TypeDefinition type)
    {
        var parent = type.BaseType.IsNil ? "" : NameOf(type.BaseType);
        var kind = (type.Attributes & TypeAttributes.Interface) != 0 ? "interface" : parent switch
        {
            "System.Enum" => "enum",
            "System.ValueType" => "struct",
            "System.MulticastDelegate" => "delegate",
            _ => "class",
        };
        var bases = type.GetInterfaceImplementations().Select(handle => NameOf(_reader.GetInterfaceImplementation(handle).Interface));
        return new ApiType(KeyOf(type), kind, kind == "class" && parent != "System.Object" ? [parent, .. bases] : [.. bases],
            [.. kind == "enum" ? EnumMembers(type) : Members(type, kind)],
            (type.Attributes & TypeAttributes.Sealed) != 0, (type.Attributes & TypeAttributes.Abstract) != 0);
    }

    private string KeyOf(TypeDefinition type) => type.GetGenericParameters().Count is var arity and > 0
        ? $"{SignatureNames.NameOf(_reader, type)}`{arity}"
        : SignatureNames.NameOf(_reader, type);

    private string KeyOf(TypeReferenceHandle handle)
    {
        var arity = 0;
        for (var scope = (EntityHandle)handle; scope.Kind == HandleKind.TypeReference;)
        {
            var type = _reader.GetTypeReference((TypeReferenceHandle)scope);
            var name = _reader.GetString(type.Name);
            var tick = name.IndexOf('`', StringComparison.Ordinal);
            arity += tick < 0 ? 0 : int.Parse(name.AsSpan(tick + 1), CultureInfo.InvariantCulture);
            scope = type.ResolutionScope;
        }

        var plain = SignatureNames.Instance.GetTypeFromReference(_reader, handle, 0);
        return arity > 0 ? $"{plain}`{arity}" : plain;
    }

    private IEnumerable<Member> EnumMembers(TypeDefinition type) =>
        from field in type.GetFields().Select(_reader.GetFieldDefinition)
        where (field.Attributes & FieldAttributes.Literal) != 0
        let value = _reader.GetConstant(field.GetDefaultValue())
        select new Member("field", _reader.GetString(field.Name), [],
            $"{_reader.GetBlobReader(value.Value).ReadConstant(value.TypeCode)}", IsStatic: true);

    private IEnumerable<Member> Members(TypeDefinition type, string kind)
    {
        var accessors = new HashSet<MethodDefinitionHandle>();
        var members = new List<Member>();
        foreach (var property in type.GetProperties().Select(_reader.GetPropertyDefinition))
        {
            var both = property.GetAccessors();
            accessors.UnionWith([both.Getter, both.Setter]);
            members.AddRange(Property(property, both));
        }

        foreach (var declared in type.GetEvents().Select(_reader.GetEventDefinition))
        {
            var both = declared.GetAccessors();
            accessors.UnionWith([both.Adder, both.Remover]);
            var adder = _reader.GetMethodDefinition(both.Adder);
            if (IsVisible(adder.Attributes))
            {
                members.Add(new Member("event", _reader.GetString(declared.Name), [], NameOf(declared.Type),
                    IsStatic: (adder.Attributes & MethodAttributes.Static) != 0));
            }
        }

        members.AddRange(type.GetFields().Select(_reader.GetFieldDefinition).Where(IsVisible).Select(Field));
        members.AddRange(type.GetMethods().Where(handle => !accessors.Contains(handle)).Select(_reader.GetMethodDefinition)
            .Where(method => IsVisible(method.Attributes)).Select(Method));
        return kind == "delegate" ? members.Where(member => member.Name == "Invoke") : members.Where(IsSpeakable);
    }

    private IEnumerable<Member> Property(PropertyDefinition property, PropertyAccessors both)
    {
        var seen = new[] { both.Getter, both.Setter }.Where(handle => !handle.IsNil).Select(_reader.GetMethodDefinition)
            .Where(accessor => IsVisible(accessor.Attributes)).ToList();
        if (seen.Count > 0)
        {
            var signature = property.DecodeSignature(SignatureNames.Instance, null);
            var canSet = !both.Setter.IsNil && IsVisible(_reader.GetMethodDefinition(both.Setter).Attributes);
            yield return new Member("property", _reader.GetString(property.Name), signature.ParameterTypes, signature.ReturnType,
                0, (seen[0].Attributes & MethodAttributes.Static) != 0, CanOverride(seen[0].Attributes), canSet,
                IsOverride: IsOverride(seen[0].Attributes));
        }
    }

    private Member Field(FieldDefinition field) =>
        new("field", _reader.GetString(field.Name), [], field.DecodeSignature(SignatureNames.Instance, null),
            IsStatic: (field.Attributes & FieldAttributes.Static) != 0,
            CanSet: (field.Attributes & (FieldAttributes.InitOnly | FieldAttributes.Literal)) == 0);

    private Member Method(MethodDefinition method)
    {
        var name = _reader.GetString(method.Name);
        var signature = method.DecodeSignature(SignatureNames.Instance, null);
        var optional = method.GetParameters().Select(_reader.GetParameter).Count(IsOptional);
        return new Member(name == ".ctor" ? "constructor" : "method", name, signature.ParameterTypes, signature.ReturnType,
            signature.GenericParameterCount, (method.Attributes & MethodAttributes.Static) != 0, CanOverride(method.Attributes),
            Optional: optional, IsOverride: IsOverride(method.Attributes));
    }

    /// <summary>A decimal's default is an attribute, not a constant.</summary>
    private bool IsOptional(Parameter parameter) =>
        parameter.SequenceNumber > 0 && (parameter.Attributes & ParameterAttributes.Optional) != 0;

    private bool IsVisible(FieldDefinition field) =>
        (field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool IsVisible(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static bool CanOverride(MethodAttributes attributes) =>
        (attributes & MethodAttributes.Virtual) != 0 && (attributes & MethodAttributes.Final) == 0;

    private static bool IsOverride(MethodAttributes attributes) =>
        (attributes & MethodAttributes.Virtual) != 0 && (attributes & MethodAttributes.NewSlot) == 0;

    private static bool IsSpeakable(Member member) => member.Name != ".cctor" && !member.Name.Contains('<', StringComparison.Ordinal);

    private string NameOf(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => SignatureNames.Instance.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => SignatureNames.Instance.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0),
        _ => SignatureNames.Instance.GetTypeFromSpecification(_reader, null, (TypeSpecificationHandle)handle, 0),
    };
}

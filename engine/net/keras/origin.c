#include "engine/net/keras/origin.h"
#include <string.h>
#include "engine/net/keras/text.h"

/* Classes that carry code, or name code to be imported or called. */
static const char *const code_classes[] = {"Lambda",
                                           "TensorFlowOpLayer",
                                           "ClassMethod",
                                           "InstanceMethod",
                                           "InstanceProperty",
                                           "TFSMLayer",
                                           "TorchModuleWrapper",
                                           "JaxLayer",
                                           "FlaxLayer",
                                           "KerasLayer",
                                           NULL};
/* Where Keras' own classes live: prefixes of `module`, and packages in front of '>'. */
static const char *const keras_modules[] = {"keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras", NULL};
static const char *const keras_packages[] = {"experimental.preprocessing", "keras", NULL};
static const char *const model_classes[] = {"Sequential", "Functional", "Model", NULL};

enum keras_origin keras_origin(const struct json *entry, const char **class_name)
{
    const char *full = *class_name, *package = strrchr(full, '>');
    const char *module = json_string(json_get(entry, "module"));
    const char *registered = json_string(json_get(entry, "registered_name"));
    if (package && keras_listed(keras_packages, full, (size_t)(package - full)))
        *class_name = package + 1;
    size_t top = module ? strcspn(module, ".") : 0;
    int foreign = module && !keras_listed(keras_modules, module, top) && strncmp(module, "tensorflow.", 11) != 0;
    int renamed = registered && strcmp(registered, *class_name) != 0 && strcmp(registered, full) != 0;
    if (keras_listed(code_classes, *class_name, strlen(*class_name)))
        return KERAS_CODE;
    return (package && *class_name == full) || foreign || renamed ? KERAS_CUSTOM : KERAS_OWN;
}

int keras_check_origin(const struct json *entry, const char **class_name, struct err *e)
{
    switch (keras_origin(entry, class_name)) {
    case KERAS_CODE:
        return err_set(e, ERR_INPUT,
                       "carries or names program code, which assay never runs; replace it by plain layers");
    case KERAS_CUSTOM:
        return err_set(
            e, ERR_INPUT,
            "is a custom class; only Keras' own layers are supported, because assay runs no code of a model");
    default:
        return 0;
    }
}

int keras_is_model(const char *class_name)
{
    return keras_listed(model_classes, class_name, strlen(class_name));
}
